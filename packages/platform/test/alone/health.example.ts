import { Module } from '@nestjs/common';
import { HealthModule, HealthRegistry } from '@seaworthy/platform/health';

export const harbour = { open: true };

@Module({ imports: [HealthModule] })
export class HarbourModule {
  constructor(health: HealthRegistry) {
    const check = () => {
      if (!harbour.open) throw Object.assign(new Error('closed'), { code: 'HARBOUR_CLOSED' });
    };
    health.register({ name: 'harbour', kind: 'required', check });
  }
}
