/** The one style sheet of the platform's pages. */
export const OPENAPI_STYLE = `
:root { color-scheme: light dark; --ink: #10212e; --paper: #f7f9fa; --line: #c9d5dc; --sea: #0b6b8a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eef2; --paper: #0e1a22; --line: #2c4150; --sea: #6cc4e0; } }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
a, .method { color: var(--sea); }
section { border-top: 1px solid var(--line); padding: .5rem 0 1rem; }
h2 { font-size: 1.15rem; } h3 { font-size: .9rem; margin: .8rem 0 .2rem; } small { opacity: .7; font-weight: normal; }
dd { margin: 0 0 .4rem 1rem; } pre { overflow-x: auto; border: 1px solid var(--line); padding: .6rem; border-radius: .3rem; }
`;
