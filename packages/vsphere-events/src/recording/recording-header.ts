import { isRecord } from './json-value.ts';
import { RecordingError } from './recording-error.ts';

/** The first line of a recording. */
export interface RecordingHeader {
  /** When the recording began, as ISO 8601. */
  readonly recordedAt: string;
  /** Name of the vCenter in the configuration of who recorded it. */
  readonly vcenter: string;
  /** Names and UUIDs are not the real ones. */
  readonly pseudonymised: boolean;
}

const format = 'vcenter-listener-recording';
const version = 1;

/** Bytes that a line may have at most, uncompressed. A page of a vCenter is a thousandth of it. */
export const maxLineBytes = 64 * 1024 * 1024;

export function headerLine(header: RecordingHeader): string {
  return JSON.stringify({ format, version, ...header });
}

/** @throws RecordingError when it is none, or one of a version that is not known */
export function readHeader(value: unknown): RecordingHeader {
  if (!isRecord(value) || value.format !== format) throw new RecordingError(`this is no ${format}`, { line: 1 });
  if (value.version !== version) {
    throw new RecordingError(`its version is ${JSON.stringify(value.version)}, this program reads ${version}`, {
      line: 1,
    });
  }
  const { recordedAt, vcenter, pseudonymised } = value;
  if (typeof recordedAt !== 'string' || typeof vcenter !== 'string' || typeof pseudonymised !== 'boolean') {
    throw new RecordingError('the header is not complete', { line: 1 });
  }
  return { recordedAt, vcenter, pseudonymised };
}
