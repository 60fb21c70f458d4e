export { ApiExcludeEndpoint, ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from './decorators.ts';
export { openApiSchema } from './openapi-schema.ts';
export { openApiDocument, serveOpenApi } from './serve-openapi.ts';
export type { OpenApiOptions } from './serve-openapi.ts';
