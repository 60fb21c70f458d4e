import { Injectable } from '@nestjs/common';

/** Where a service stands between start and end. Draining: it still answers, and wants no new work. */
@Injectable()
export class Lifecycle {
  #draining = false;

  get draining(): boolean {
    return this.#draining;
  }

  drain(): void {
    this.#draining = true;
  }
}
