import type { ImageYaml } from '../declaration/image.schema.ts';

/** /etc/passwd and /etc/group, passwd(5) and group(5); nobody has a password or a shell. */
export function formatAccounts(users: ImageYaml['users']): { passwd: string; group: string } {
  const passwd = users.map(({ name, uid, gid, comment, home }) => `${name}:x:${uid}:${gid}:${comment}:${home}:/usr/sbin/nologin\n`);
  const group = users.map(({ name, gid }) => `${name}:x:${gid}:\n`);
  return { passwd: passwd.join(''), group: group.join('') };
}
