/** The decorators of @nestjs/swagger that apps use, from the one copy that also makes the document. */
export { ApiExcludeEndpoint, ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
