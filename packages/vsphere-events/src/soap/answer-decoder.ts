import { AnswerParser } from './answer-parser.ts';
import type { AnswerSink } from './answer-sink.ts';
import { elementValue } from './xml-value.ts';

/** Faults and what answers the small calls are a few kilobytes; 1 MiB leaves room for long messages. */
const maxBytes = 1024 * 1024;

/** Decodes any answer but that of WaitForUpdatesEx, whole. */
export class AnswerDecoder implements AnswerSink<unknown> {
  readonly maxBytes = maxBytes;
  readonly #parser: AnswerParser;
  #value: unknown;

  /** @param content what the body must hold: the method's response, or `Fault` */
  constructor(method: string, content = `${method}Response`) {
    this.#parser = new AnswerParser({
      method,
      content,
      onElement: (element, ancestors) => {
        const value = elementValue(element);
        if (ancestors.length > 2) ancestors.at(-1)?.children.push([element.name, value]);
        else this.#value = value;
      },
    });
  }

  get isSoap(): boolean {
    return this.#parser.isSoap;
  }

  write(chunk: Uint8Array): void {
    this.#parser.write(chunk);
  }

  /** @returns the content as a data object: the method's `returnval`, or the fault's fields */
  end(): unknown {
    this.#parser.end();
    return this.#value;
  }
}
