import { Controller, Get, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assembleService, type Service } from '../service/assemble-service.ts';
import { AccessModule } from './access.module.ts';
import { Anonymous, Caller, People, Workloads } from './access.decorators.ts';
import { AuthError } from './auth.error.ts';
import type { Identity } from './identity.ts';
import type { TokenVerifier } from './token-verifier.ts';

const IDENTITIES: Record<string, Identity> = {
  pipeline: { kind: 'workload', name: 'pipeline', roles: [], expires: 0, tokenId: '1' },
  catalog: { kind: 'workload', name: 'catalog', roles: [], expires: 0, tokenId: '2' },
  developer: { kind: 'person', name: 'anna', roles: ['developer'], expires: 0, tokenId: '3' },
  pretender: { kind: 'person', name: 'pipeline', roles: ['pipeline'], expires: 0, tokenId: '4' },
};
const verifier = {
  verify: async (token: string) => {
    if (token === 'later') throw new AuthError({ code: 'KEYS_UNREACHABLE', message: 'away' });
    const identity = IDENTITIES[token];
    if (!identity) throw new AuthError({ code: 'TOKEN_UNTRUSTED', message: 'not one of ours' });
    return identity;
  },
} as unknown as TokenVerifier;

@Controller()
class DoorsController {
  @Get('forgotten')
  forgotten() {
    return {};
  }

  @Get('workload')
  @Workloads('pipeline')
  workload(@Caller() caller: Identity) {
    return { caller: caller.name };
  }

  @Get('either')
  @Workloads('pipeline')
  @People('developer')
  either() {
    return {};
  }

  @Get('open')
  @Anonymous()
  open() {
    return {};
  }
}

@Controller('public')
@Anonymous()
class PublicController {
  @Get('open')
  open() {
    return {};
  }

  @Get('closed')
  @People('developer')
  closed() {
    return {};
  }
}

@Controller('people')
@People('developer')
class PeopleController {
  @Get('workload')
  @Workloads('pipeline')
  workload() {
    return {};
  }

  @Get('open')
  @Anonymous()
  open() {
    return {};
  }

  @Get('inherited')
  inherited() {
    return {};
  }
}

@Controller('workloads')
@Workloads('pipeline')
class WorkloadsController {
  @Get('people')
  @People('developer')
  people() {
    return {};
  }
}

@Module({
  imports: [AccessModule.using({ useFactory: () => verifier })],
  controllers: [DoorsController, PublicController, PeopleController, WorkloadsController],
})
class DoorsModule {}

@Module({ controllers: [DoorsController] })
class UnguardedModule {}

describe('AccessGuard', () => {
  let service: Service;
  beforeAll(async () => {
    service = await assembleService(DoorsModule, {
      name: 'doors',
      source: { environment: { LOG_LEVEL: 'silent' }, secret: () => undefined },
    });
  });
  afterAll(() => service.close());
  const ask = async (url: string, authorization?: string) =>
    service.app.inject({ url, headers: { ...(authorization && { authorization }) } });

  describe('when a route names nobody', () => {
    it.each(Object.keys(IDENTITIES))('is open to nobody, not even %s', async (who) => {
      expect((await ask('/forgotten', `Bearer ${who}`)).statusCode).toBe(403);
    });
  });

  describe('when a route names a workload', () => {
    it('lets it in, and tells the route who it is', async () => {
      const answer = await ask('/workload', 'Bearer pipeline');
      expect([answer.statusCode, answer.json()]).toEqual([200, { caller: 'pipeline' }]);
    });

    it.each(['catalog', 'developer', 'pretender'])('refuses %s with a problem', async (who) => {
      const answer = await ask('/workload', `Bearer ${who}`);
      expect([answer.statusCode, answer.headers['content-type'], answer.json<{ type: string }>().type]).toEqual([
        403,
        'application/problem+json',
        'urn:seaworthy:problem:forbidden',
      ]);
    });
  });

  describe('when a route names workloads and people', () => {
    it.each([
      ['pipeline', 200],
      ['developer', 200],
      ['catalog', 403],
      ['pretender', 403],
    ])('%s gets %d', async (who, status) => {
      expect((await ask('/either', `Bearer ${who}`)).statusCode).toBe(status);
    });
  });

  describe('when a class is for everybody and one of its routes names somebody', () => {
    it.each([
      ['/public/open', undefined, 200],
      ['/public/closed', undefined, 401],
      ['/public/closed', 'Bearer pretender', 403],
      ['/public/closed', 'Bearer developer', 200],
    ])('%s with %s gets %d', async (url, authorization, status) => expect((await ask(url, authorization)).statusCode).toBe(status));
  });

  describe('when a class and one of its routes name different ones', () => {
    it.each([
      ['/people/workload', 'pipeline', 200],
      ['/people/workload', 'developer', 403],
      ['/people/open', 'catalog', 200],
      ['/people/inherited', 'developer', 200],
      ['/people/inherited', 'pipeline', 403],
      ['/workloads/people', 'developer', 200],
      ['/workloads/people', 'pipeline', 403],
    ])('%s is for those whom it names itself: %s gets %d', async (url, who, status) =>
      expect((await ask(url, `Bearer ${who}`)).statusCode).toBe(status),
    );
  });

  describe('when a service has forgotten to say whose tokens count', () => {
    it('is open to nobody but where it says so', async () => {
      const source = { environment: { LOG_LEVEL: 'silent' }, secret: () => undefined };
      const forgetful = await assembleService(UnguardedModule, { name: 'forgetful', source });
      const statusOf = async (url: string) =>
        (await forgetful.app.inject({ url, headers: { authorization: 'Bearer developer' } })).statusCode;
      expect([await statusOf('/either'), await statusOf('/forgotten'), await statusOf('/open')]).toEqual([401, 401, 200]);
      await forgetful.close();
    });
  });

  describe('when there is no good token', () => {
    it.each([
      [undefined, 'Bearer realm="seaworthy"'],
      ['Basic cGlwZWxpbmU6eA==', 'Bearer realm="seaworthy"'],
      ['Bearer', 'Bearer realm="seaworthy"'],
      ['Bearer a b', 'Bearer realm="seaworthy"'],
      ['Bearer nonsense', 'Bearer error="invalid_token"'],
    ])('answers 401 to %s', async (authorization, challenge) => {
      const answer = await ask('/workload', authorization);
      expect([answer.statusCode, answer.headers['www-authenticate'], answer.json<{ type: string }>().type]).toEqual([
        401,
        challenge,
        'urn:seaworthy:problem:unauthenticated',
      ]);
    });
  });

  describe('when the keys cannot be had', () => {
    it('answers 503: the caller has done nothing wrong', async () => expect((await ask('/workload', 'Bearer later')).statusCode).toBe(503));
  });

  describe('when a route is for everybody', () => {
    it.each(['/open', '/health/live'])('%s asks for no token', async (url) => expect((await ask(url)).statusCode).toBe(200));
  });
});
