import { describe, expect, it } from '@jest/globals';
import { html } from './html.ts';

describe('html', () => {
  it('escapes what is put in, in text and in attributes', () => {
    const name = `<script>alert("1")</script>' onload='x`;
    expect(html`<a title="${name}">${name}</a>`.toString()).not.toMatch(/<script|" onload|' onload/);
  });

  it('takes its own HTML as it is, alone or in lists', () => {
    const items = ['a', '<b>'].map((text) => html`<li>${text}</li>`);
    expect(html`<ul>${items}</ul>${html`<hr>`}`.toString()).toBe('<ul><li>a</li><li>&lt;b&gt;</li></ul><hr>');
  });

  it('writes nothing for what is not there', () => {
    expect(html`[${undefined}${false}${0}]`.toString()).toBe('[0]');
  });
});
