export { bundleProgram } from './bundle-program.ts';
export { ownService } from './own-service.ts';
