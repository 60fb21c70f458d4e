import { describe, expect, it } from '@jest/globals';
import { examineNames } from '../../src/host/findings/names.ts';
import type { OtherNetwork } from '../../src/host/findings/names.ts';

const bridge: OtherNetwork = { name: 'bridge', subnets: ['172.17.0.0/16'] };
const found = (project: string, subnet: string, others: readonly OtherNetwork[] = [bridge]) =>
  examineNames({ project, subnet }, others).filter(({ level }) => level === 'error');

describe('examineNames', () => {
  it('takes what is free, and networks without a subnet', () => {
    expect(found('seaworthy', '10.213', [bridge, { name: 'host', subnets: [] }, { name: 'six', subnets: ['fd00::/64'] }])).toEqual([]);
  });

  it.each(['Bad Name!', '', '-x'])('refuses %p as a project, which compose would refuse later', (project) => {
    expect(found(project, '10.213')).toEqual([expect.objectContaining({ id: 'SEAWORTHY_PROJECT', code: 'USAGE' })]);
  });

  it.each(['10.999', '10', '10.213.0', 'ten'])('refuses %p as a subnet', (subnet) => {
    expect(found('seaworthy', subnet)).toEqual([expect.objectContaining({ id: 'SEAWORTHY_SUBNET', code: 'USAGE' })]);
  });

  it.each(['10.213.4.0/24', '10.213.0.0/16', '10.0.0.0/8'])('names the network that has %s already', (subnet) => {
    const [finding] = found('seaworthy', '10.213', [bridge, { name: 'office', subnets: [subnet] }]);
    expect(finding).toMatchObject({
      code: 'SUBNET_TAKEN',
      found: expect.stringContaining('office'),
      remedy: expect.stringContaining('SEAWORTHY_SUBNET='),
    });
  });
});
