/** Our name at both servers: in vCenter's sessions, in the API server's audit log, and in a Node's managedFields. */
export const userAgent = 'vcenter-listener';
