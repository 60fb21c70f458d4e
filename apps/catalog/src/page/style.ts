export const STYLE = `
:root { color-scheme: light dark; --ink: #10212e; --paper: #eef3f5; --card: #fff; --sea: #0b6b8a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eef2; --paper: #0e1a22; --card: #15262f; --sea: #6cc4e0; } }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 1rem 1.5rem; }
header { border-bottom: .4rem double var(--sea); } h1 { margin: 0; letter-spacing: .02em; }
h2 { text-transform: capitalize; color: var(--sea); } a { color: var(--sea); }
ul { list-style: none; padding: 0; display: grid; gap: .8rem; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
li { background: var(--card); border-radius: .5rem; padding: .9rem 1rem; box-shadow: 0 1px 3px #0003; }
li p { margin: .3rem 0 .6rem; font-size: .92rem; } li span { font-variant-numeric: tabular-nums; font-weight: 600; }
footer { font-size: .85rem; opacity: .75; }
`;
