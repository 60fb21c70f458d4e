import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { Caller, People, Workloads, type Identity } from '@seaworthy/platform';
import { promotionAddress, promotionRequest, type PromotionAddress, type PromotionBody } from './promotion.schema.ts';
import { PromotionsService } from './promotions.service.ts';

@Controller('promotions')
export class PromotionsController {
  readonly #promotions: PromotionsService;

  constructor(promotions: PromotionsService) {
    this.#promotions = promotions;
  }

  /** 200 with the verdict; 422 with every reason when it is no. People cannot ask: what they have goes through the pipeline. */
  @Post()
  @HttpCode(200)
  @Workloads('pipeline', 'image-builder')
  async promote(@Body({ schema: promotionRequest }) body: PromotionBody, @Caller() caller: Identity) {
    return this.#promotions.promote(body, caller);
  }

  /** The verdict as it would be now, and whether the image is released. Alters nothing. */
  @Get(':image/:digest')
  @Workloads('pipeline', 'image-builder', 'deploy')
  @People('developer')
  async find(@Param({ schema: promotionAddress }) address: PromotionAddress) {
    return this.#promotions.find(address);
  }
}
