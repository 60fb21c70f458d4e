import { createService, PlatformCertificate, type Service, type ServiceOptions } from '@seaworthy/platform';
import { OWN_NAMES } from './authority/certificate-names.ts';
import { LeafAuthority } from './authority/leaf-authority.ts';
import { readForms } from './forms.ts';
import { IdentityConfig } from './identity.config.ts';
import { IdentityModule } from './identity.module.ts';
import { IssuerMount } from './issuers/issuer-mount.ts';
import { Issuers } from './issuers/issuers.ts';

/** The identity service. It is the one whose certificate comes from no other: it signs its own, in process. */
export async function createIdentityService(options: Pick<ServiceOptions, 'source' | 'logDestination'> = {}): Promise<Service> {
  const mount = new IssuerMount();
  const service: Service = await createService(IdentityModule, {
    ...options,
    name: 'identity',
    config: [IdentityConfig],
    fastify: (instance) => {
      readForms(instance);
      mount.attach(instance);
    },
    certificate: () => ownCertificate(service.app.get(LeafAuthority)),
  });
  mount.serve(service.app.get(Issuers));
  return service;
}

function ownCertificate(authority: LeafAuthority): Promise<PlatformCertificate> {
  return PlatformCertificate.enrol({ names: OWN_NAMES, issue: (csr) => authority.issue(csr, OWN_NAMES) });
}
