export { runDrill } from './drill.ts';
export type { Drill, DrillResult, Facts, Outcome } from './drill.ts';
export { awaitThat } from './await-that.ts';
export { awaitCalm, awaitReplaced, MINIMUM, replicasOf, SCALED } from './fleet/replicas.ts';
export { Orders, Traffic } from './fleet/traffic.ts';
export { gatewayOf } from './runtime/compromised-replica/targets.ts';
export { PayingCustomer } from './payments/paying-customer.ts';
export type { Paid } from './payments/paying-customer.ts';
export { drillFolder, drillIds, loadDrill } from './catalogue.ts';
export type {
  Admission,
  CopyChange,
  DeployedReplica,
  DrillPlatform,
  EdgeServer,
  InPlace,
  InPlaceResult,
  PipelineRun,
  PlayedInternet,
  SourceEdit,
  StandIn,
  Token,
} from './platform.ts';
export { refusal } from './problem.ts';
