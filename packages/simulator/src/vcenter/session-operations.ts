import type { Operations } from './operation.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import { invalidArgument, VimFault } from './vim-fault.ts';
import { childrenOf, textOf } from './xml-reader.ts';
import { element, textElement } from './xml-writer.ts';

/** The methods of the SessionManager, `Login` excepted: it needs no session (vim-service.ts). */
export function sessionManagerOperations(sessions: Sessions, session: Session): Operations {
  return {
    Logout: () => {
      sessions.end(session);
      return '';
    },
    SessionIsActive: (request) => {
      const active = sessions
        .alive()
        .some(({ key, userName }) => key === textOf(request, 'sessionID') && userName === textOf(request, 'userName'));
      return textElement('returnval', `${active}`);
    },
    TerminateSession: (request) => {
      const keys = childrenOf(request, 'sessionId').map(({ text }) => text);
      if (keys.includes(session.key)) throw invalidArgument('sessionId');
      const ended = keys.map((key) => {
        const found = sessions.alive().find((other) => other.key === key);
        if (!found) throw new VimFault('NotFound', 'The object or item referred to could not be found.');
        return found;
      });
      for (const other of ended) sessions.end(other);
      return '';
    },
  };
}

/** What `Login` returns. */
export function userSessionXml(session: Session, client: { ipAddress: string; userAgent: string }): string {
  const loginTime = session.loginTime.toISOString();
  const fields = {
    key: session.key,
    userName: session.userName,
    fullName: session.userName,
    loginTime,
    lastActiveTime: loginTime,
    locale: 'en',
    messageLocale: 'en',
    extensionSession: 'false',
    ipAddress: client.ipAddress,
    userAgent: client.userAgent,
    callCount: '0',
  };
  return element(
    'returnval',
    Object.entries(fields)
      .map(([name, text]) => textElement(name, text))
      .join(''),
  );
}
