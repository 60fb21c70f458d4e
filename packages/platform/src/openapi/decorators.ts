/** The decorators of @nestjs/swagger that apps use, from the one copy that also makes the document. */
export { ApiExcludeEndpoint, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
