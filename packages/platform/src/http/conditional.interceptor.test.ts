import { Controller, Delete, Get, HttpCode, Module, Put, StreamableFile, UseInterceptors } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Anonymous } from '../auth/access.decorators.ts';
import { assembleService } from '../service/assemble-service.ts';
import type { Service } from '../service/assemble-service.ts';
import { ConditionalInterceptor } from './conditional.interceptor.ts';

@Anonymous()
@Controller('boat')
@UseInterceptors(ConditionalInterceptor)
class BoatController {
  @Get()
  boat() {
    return { name: 'Gorch' };
  }

  @Get('name')
  name() {
    return 'Gorch';
  }

  @Get('picture')
  picture() {
    return new StreamableFile(Buffer.from('a boat'), { type: 'image/png' });
  }

  @Get('nothing')
  nothing() {
    return undefined;
  }

  @Put()
  paint() {
    return { name: 'Gorch', painted: true };
  }

  @Delete()
  @HttpCode(204)
  sink() {
    return undefined;
  }
}

@Module({ controllers: [BoatController] })
class BoatModule {}

describe('ConditionalInterceptor', () => {
  let service: Service;
  beforeEach(async () => {
    const source = { environment: { LOG_LEVEL: 'silent' }, secret: () => undefined };
    service = await assembleService(BoatModule, { name: 'boat', source });
  });
  afterEach(async () => service.close());

  const ask = async (method: 'GET' | 'HEAD' | 'PUT' | 'DELETE', url: string, headers: Record<string, string> = {}) => {
    const { statusCode, body, headers: told } = await service.app.inject({ method, url, headers });
    return { status: statusCode, body, type: told['content-type'], tag: told['etag'] };
  };

  it.each([
    ['data', '/boat', '{"name":"Gorch"}'],
    ['text', '/boat/name', 'Gorch'],
  ])('gives %s a tag, and 304 to who has it', async (_what, url, body) => {
    const first = await ask('GET', url);
    expect(first).toMatchObject({ status: 200, body, tag: expect.stringMatching(/^"[\w-]{27}"$/) });
    for (const method of ['GET', 'HEAD'] as const)
      expect(await ask(method, url, { 'if-none-match': `"x", W/${String(first.tag)}` })).toMatchObject({ status: 304, body: '' });
    expect(await ask('GET', url, { 'if-none-match': '"x"' })).toEqual(first);
  });

  it('sends a stream as it is, and nothing as nothing', async () => {
    expect(await ask('GET', '/boat/picture')).toEqual({ status: 200, body: 'a boat', type: 'image/png', tag: undefined });
    expect(await ask('GET', '/boat/nothing')).toMatchObject({ status: 200, body: '', tag: undefined });
  });

  it('says of what was done that it was done', async () => {
    expect(await ask('DELETE', '/boat')).toMatchObject({ status: 204, body: '', tag: undefined });
    const painted = { status: 200, body: '{"name":"Gorch","painted":true}', tag: undefined };
    expect(await ask('PUT', '/boat', { 'if-none-match': '*' })).toMatchObject(painted);
  });
});
