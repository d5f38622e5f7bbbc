import { styleText } from 'node:util';
import type { RightLabel } from './scoreboard.ts';

/** What the demo shows on standard output: a line for each thing that happens. */
export class Screen {
  readonly #startedAt = performance.now();

  introduce(label: string): void {
    console.log(`A simulated vCenter (8 ESXi hosts, 200 VMs) and a simulated Kubernetes API run in
this process; 40 of the VMs are Nodes. vcenter-listener is connected to both, as it
would be to real ones, and keeps the label ${styleText('bold', label)} of each Node equal to the host
that its VM runs on. "Right after" counts from the move in vCenter to the write at
the API server.
`);
  }

  /** Something that happens to a host. */
  headline(text: string): void {
    this.#line(styleText(['bold', 'yellow'], text));
  }

  note(text: string): void {
    this.#line(text);
  }

  right({ node, from, to, cause, reactionMs }: RightLabel): void {
    const move = `${node}  ${from} → ${to}`;
    const verdict = styleText('green', `label right after ${reactionMs.toFixed(1).padStart(5)} ms`);
    this.#line(`${styleText('dim', cause.padEnd(11))}  ${move}   ${verdict}`);
  }

  summary(text: string): void {
    console.log(`\n${text}`);
  }

  #line(text: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(2).padStart(7);
    console.log(`${styleText('dim', `${seconds} s`)}  ${text}`);
  }
}
