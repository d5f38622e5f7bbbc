/** The text of a kubeconfig (JSON, which is YAML) with one cluster, one user and one context. */
export function kubeconfig({ url, ca, token, namespace }: KubeconfigOptions): string {
  const name = 'peer';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace && { namespace }) } }],
    'current-context': name,
  });
}

interface KubeconfigOptions {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  /** Of the context. */
  readonly namespace?: string;
}
