import { configGroup, hostName, processSource, readConfig, secretFile, variable, wholeNumber } from '@seaworthy/platform/config';

export class MailConfig extends configGroup({
  host: variable('MAIL_HOST', hostName),
  port: variable('MAIL_PORT', wholeNumber(1, 65_535).default(25)),
  password: secretFile('mail-password'),
}) {}

export const mailConfig = (source = processSource()) => readConfig([MailConfig], source).get(MailConfig) as MailConfig;
