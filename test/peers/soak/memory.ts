import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const megabyte = 2 ** 20;

/** In MB: what the process holds, and what is alive in its heap. */
export interface MemorySample {
  readonly minutes: number;
  readonly rss: number;
  readonly heap: number;
}

const nothing: MemorySample = { minutes: 0, rss: 0, heap: 0 };

/** Measures the memory of this process; each sample collects garbage first. */
export class MemoryMeter {
  readonly #samples: MemorySample[] = [];
  readonly #begun = performance.now();
  readonly #collectGarbage: () => void;

  constructor() {
    setFlagsFromString('--expose-gc');
    this.#collectGarbage = runInNewContext('gc');
  }

  sample(): void {
    this.#collectGarbage();
    const { rss, heapUsed } = process.memoryUsage();
    const minutes = (performance.now() - this.#begun) / 60_000;
    this.#samples.push({ minutes, rss: rss / megabyte, heap: heapUsed / megabyte });
  }

  first(): MemorySample {
    return this.#samples[0] ?? nothing;
  }

  last(): MemorySample {
    return this.#samples.at(-1) ?? nothing;
  }

  /** Least squares of the heap, in MB a minute, without the first third: there code is compiled and caches fill. */
  slope(): number {
    const late = this.#samples.slice(Math.floor(this.#samples.length / 3));
    const mean = (of: (sample: MemorySample) => number) => late.reduce((sum, s) => sum + of(s), 0) / late.length;
    const [meanMinutes, meanHeap] = [mean(({ minutes }) => minutes), mean(({ heap }) => heap)];
    let covariance = 0;
    let variance = 0;
    for (const { minutes, heap } of late) {
      covariance += (minutes - meanMinutes) * (heap - meanHeap);
      variance += (minutes - meanMinutes) ** 2;
    }
    return variance === 0 ? 0 : covariance / variance;
  }
}
