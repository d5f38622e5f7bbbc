/** @returns the error that the promise rejects with; throws when it does not reject, or not with that kind */
export async function rejection<E extends Error>(
  kind: abstract new (...parameters: never[]) => E,
  promise: Promise<unknown>,
): Promise<E> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof kind) return error;
    throw new Error(`rejected with ${error}, expected is ${kind.name}`, { cause: error });
  }
  throw new Error(`not rejected, expected is ${kind.name}`);
}
