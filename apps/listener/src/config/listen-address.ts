import { isIP } from 'node:net';
import type { ListenAddress } from './listener-config.ts';

const nameOf = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;

/** Reads `127.0.0.1:8080`, `localhost:8080` or `[::1]:8080`. @returns undefined when it is none */
export function readListenAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain = '', digits] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const isLegal = bracketed === undefined ? nameOf.test(host) : isIP(host) === 6;
  const port = Number(digits);
  return isLegal && port <= 65_535 ? { host, port } : undefined;
}

/** As a person writes it, and a URL. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
