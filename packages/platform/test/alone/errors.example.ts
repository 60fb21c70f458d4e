import { Body, Controller, Module, Post } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ProblemError, ProblemFilter, ProblemValidationPipe } from '@seaworthy/platform/errors';
import { z } from 'zod';

const NewBoat = z.strictObject({ name: z.string().max(40), masts: z.int().min(1) });

@Controller('boats')
class BoatsController {
  @Post()
  launch(@Body({ schema: NewBoat }) { name }: z.infer<typeof NewBoat>) {
    if (name === 'Vasa') throw new ProblemError({ status: 409, code: 'CONFLICT', detail: 'that one has sunk' });
    return { name };
  }
}

@Module({
  controllers: [BoatsController],
  providers: [
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_PIPE, useClass: ProblemValidationPipe },
  ],
})
export class BoatsModule {}
