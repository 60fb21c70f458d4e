import { Module } from '@nestjs/common';
import { AccessModule } from '@seaworthy/platform';
import { AuthorityEnd } from './authority/authority-end.ts';
import { CertificatesController } from './authority/certificates.controller.ts';
import { LeafAuthority } from './authority/leaf-authority.ts';
import { IdentityConfig } from './identity.config.ts';
import { Issuers, ownVerifier } from './issuers/issuers.ts';
import { Accounts } from './people/accounts.ts';
import { LoginController } from './people/login.controller.ts';
import { RevocationStore } from './revocations/revocation.store.ts';
import { RevocationsModule } from './revocations/revocations.module.ts';

@Module({
  imports: [RevocationsModule, AccessModule.using({ inject: [IdentityConfig, RevocationStore], useFactory: ownVerifier })],
  controllers: [CertificatesController, LoginController],
  providers: [
    { provide: Accounts, inject: [IdentityConfig], useFactory: ({ accounts }: IdentityConfig) => new Accounts(accounts) },
    {
      provide: Issuers,
      inject: [IdentityConfig, Accounts],
      useFactory: (config: IdentityConfig, accounts: Accounts) => new Issuers(config, accounts),
    },
    {
      provide: LeafAuthority,
      inject: [IdentityConfig],
      useFactory: ({ intermediateKey: key, intermediate: cert, leafSeconds: lifetimeSeconds }: IdentityConfig) =>
        LeafAuthority.open({ key, cert, lifetimeSeconds }),
    },
    AuthorityEnd,
  ],
})
export class IdentityModule {}
