import { Global, Module } from '@nestjs/common';
import { IdentityConfig } from '../identity.config.ts';
import { RevocationStore } from './revocation.store.ts';
import { RevocationsController } from './revocations.controller.ts';

/** Global, because the verifier of this service's own routes asks the same list. */
@Global()
@Module({
  controllers: [RevocationsController],
  providers: [
    {
      provide: RevocationStore,
      inject: [IdentityConfig],
      useFactory: ({ dataDirectory }: IdentityConfig) => new RevocationStore(dataDirectory),
    },
  ],
  exports: [RevocationStore],
})
export class RevocationsModule {}
