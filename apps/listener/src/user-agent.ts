/** Our name at both servers: in vCenter's list of sessions and in the API server's audit log. */
export const userAgent = 'vcenter-listener';
