/** How the program ends; part of its interface, see docs/commands.md. */
export const exitCode = {
  ok: 0,
  /** vCenter or Kubernetes could not be reached or refused something. */
  failed: 1,
  /** The command line or the configuration is wrong; nothing was tried. */
  usage: 2,
} as const;
