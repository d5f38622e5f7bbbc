import { AnswerDecoder } from '../answer-decoder.ts';
import type { CallOptions, VimHttpClient } from '../vim-http-client.ts';
import { answerTo } from './answers.ts';

/** In the body of each request of {@link post}. */
export const secret = 'pa55word-in-a-body';

/** What answers a {@link post} well. */
export const good = answerTo('Login', '<returnval><key>52b</key></returnval>');

/** A Login, of which only the answer is looked at. */
export function post(client: VimHttpClient, options: Partial<CallOptions<unknown>> = {}): Promise<unknown> {
  const method = options.method ?? 'Login';
  const request = { body: secret, headers: { 'Content-Type': 'text/xml; charset=utf-8' } };
  return client.post(request, { method, answer: new AnswerDecoder(method), deadlineMs: 5_000, ...options });
}
