import type { ManagedObjectReference } from './managed-object.ts';
import { defaultCollectorId } from './session.ts';
import { element, referenceElement, textElement } from './xml-writer.ts';

export const serviceInstance: ManagedObjectReference = { type: 'ServiceInstance', value: 'ServiceInstance' };
export const sessionManager: ManagedObjectReference = { type: 'SessionManager', value: 'SessionManager' };
export const viewManager: ManagedObjectReference = { type: 'ViewManager', value: 'ViewManager' };

/** The version of the API that the simulator says it has. */
const apiVersion = '8.0.2.0';

/** The ServiceContent: what a client starts from. Only managers that the simulator has are in it. */
export function serviceContentXml(rootFolder: ManagedObjectReference, instanceUuid: string): string {
  const about = {
    name: 'VMware vCenter Server',
    fullName: 'VMware vCenter Server 8.0.2 build-22617221',
    vendor: 'VMware, Inc.',
    version: '8.0.2',
    build: '22617221',
    localeVersion: 'INTL',
    localeBuild: '000',
    osType: 'linux-x64',
    productLineId: 'vpx',
    apiType: 'VirtualCenter',
    apiVersion,
    instanceUuid,
    licenseProductName: 'VMware VirtualCenter Server',
    licenseProductVersion: '8.0',
  };
  return (
    referenceElement('rootFolder', rootFolder) +
    referenceElement('propertyCollector', { type: 'PropertyCollector', value: defaultCollectorId }) +
    referenceElement('viewManager', viewManager) +
    element(
      'about',
      Object.entries(about)
        .map(([name, text]) => textElement(name, text))
        .join(''),
    ) +
    referenceElement('sessionManager', sessionManager)
  );
}

/** What `/sdk/vimServiceVersions.xml` answers. */
export function serviceVersionsXml(): string {
  const earlier = ['8.0.1.0', '8.0.0.1', '7.0.3.0', '7.0', '6.7', '6.5', '6.0'].map((text) =>
    textElement('version', text),
  );
  const vim25 =
    textElement('name', 'urn:vim25') + textElement('version', apiVersion) + element('priorVersions', earlier.join(''));
  return `<?xml version="1.0" encoding="UTF-8" ?>${element('namespaces', element('namespace', vim25), { version: '1.0' })}\n`;
}
