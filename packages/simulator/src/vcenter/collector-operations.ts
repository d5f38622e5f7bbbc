import { randomUUID } from 'node:crypto';
import { readUpdate } from './object-update.ts';
import type { Operations } from './operation.ts';
import type { PropertyCollector } from './property-collector.ts';
import type { PropertyFilter } from './property-filter.ts';
import { readPropertyFilterSpec } from './property-filter-spec.ts';
import { requireObjects, select, wantedPaths } from './selection.ts';
import { defaultCollectorId, type Session } from './session.ts';
import { objectContentXml, referenceTo, updateSetXml } from './update-set-writer.ts';
import { invalidArgument } from './vim-fault.ts';
import { childOf, childrenOf, integerOf, textOf, type XmlElement } from './xml-reader.ts';
import { element, referenceElement, textElement } from './xml-writer.ts';

export function collectorOperations(session: Session, collector: PropertyCollector): Operations {
  return {
    CreatePropertyCollector: () => referenceElement('returnval', referenceTo(session.createCollector())),

    DestroyPropertyCollector: () => {
      if (collector.moid === defaultCollectorId) throw invalidArgument('_this');
      session.destroyCollector(collector);
      return '';
    },

    CreateFilter: (request) => {
      const spec = childOf(request, 'spec');
      if (!spec) throw invalidArgument('spec');
      const filterSpec = readPropertyFilterSpec(spec);
      requireObjects(filterSpec, (reference) => session.find(reference));
      return referenceElement('returnval', referenceTo(session.createFilter(collector, filterSpec)));
    },

    WaitForUpdatesEx: async (request, signal) => {
      const options = childOf(request, 'options');
      const maxWaitSeconds = integerOf(options, 'maxWaitSeconds');
      const updates = await collector.waitForUpdates({
        version: textOf(request, 'version') ?? '',
        maxWaitMs: maxWaitSeconds === undefined ? undefined : maxWaitSeconds * 1_000,
        maxObjectUpdates: integerOf(options, 'maxObjectUpdates'),
        signal,
      });
      return updates ? updateSetXml(updates) : '';
    },

    CancelWaitForUpdates: () => {
      collector.cancelWait();
      return '';
    },

    RetrievePropertiesEx: (request) => {
      const contents = childrenOf(request, 'specSet').flatMap((spec) => retrieve(session, spec));
      const maxObjects = integerOf(childOf(request, 'options'), 'maxObjects') || contents.length;
      return retrieveResultXml(session, contents, maxObjects);
    },

    ContinueRetrievePropertiesEx: (request) => {
      const token = textOf(request, 'token') ?? '';
      const rest = session.retrievals.get(token);
      if (!rest) throw invalidArgument('token');
      session.retrievals.delete(token);
      return retrieveResultXml(session, rest.contents, rest.maxObjects);
    },

    CancelRetrievePropertiesEx: (request) => {
      if (!session.retrievals.delete(textOf(request, 'token') ?? '')) throw invalidArgument('token');
      return '';
    },
  };
}

export function filterOperations(session: Session, filter: PropertyFilter): Operations {
  return {
    DestroyPropertyFilter: () => {
      session.destroyFilter(filter);
      return '';
    },
  };
}

function retrieve(session: Session, specSet: XmlElement): string[] {
  const spec = readPropertyFilterSpec(specSet);
  const find: Parameters<typeof select>[1] = (reference) => session.find(reference);
  requireObjects(spec, find);
  return [...select(spec, find).selected].flatMap((object) => {
    const paths = wantedPaths(spec, object.type);
    return paths ? [objectContentXml(readUpdate('enter', object, paths))] : [];
  });
}

function retrieveResultXml(session: Session, contents: readonly string[], maxObjects: number): string {
  if (contents.length === 0) return '';
  const rest = contents.slice(maxObjects);
  const token = randomUUID();
  if (rest.length > 0) session.retrievals.set(token, { contents: rest, maxObjects });
  const more = rest.length > 0 ? textElement('token', token) : '';
  return element('returnval', more + contents.slice(0, maxObjects).join(''));
}
