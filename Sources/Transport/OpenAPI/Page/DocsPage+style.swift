extension DocsPage {
    static let style = #"""
        :root {
          color-scheme: light dark;
          --ground: light-dark(#fdfcfa, #16171a);
          --raised: light-dark(#ffffff, #1e2024);
          --sunk: light-dark(#f3f1ec, #101114);
          --text: light-dark(#23211d, #e4e2dd);
          --faint: light-dark(#6a665d, #9b978d);
          --line: light-dark(#e2ded5, #33353b);
          --accent: light-dark(#9a3b1e, #f0986f);
          --get: light-dark(#1b6e4b, #6fd3a2);
          --post: light-dark(#1f5aa6, #86b8f5);
          --patch: light-dark(#8a5a00, #e6b85c);
          --put: light-dark(#8a5a00, #e6b85c);
          --delete: light-dark(#a8273a, #f58a98);
          --head: 3.25rem;
        }
        :root[data-theme=light] { color-scheme: light; }
        :root[data-theme=dark] { color-scheme: dark; }
        * { box-sizing: border-box; }
        html { scroll-padding-top: calc(var(--head) + .75rem); -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
        a { color: var(--accent); text-underline-offset: .15em; }
        code, pre, .path, .name, .type { font-family: ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .875em; }
        p code, li code, dd code, td code { background: var(--sunk); padding: .1em .3em; border-radius: .25em; overflow-wrap: anywhere; }
        header { position: sticky; top: 0; z-index: 3; height: var(--head); display: flex; gap: .5rem; align-items: center; padding: 0 1rem; background: var(--raised); border-bottom: 1px solid var(--line); }
        .brand { font-weight: 650; color: var(--text); text-decoration: none; margin-right: auto; white-space: nowrap; }
        .brand small { color: var(--faint); font-weight: 400; }
        #search { width: min(26rem, 46vw); }
        input, select, button { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: .4rem; padding: .3rem .6rem; min-width: 0; }
        button { cursor: pointer; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
        main:focus { outline: none; }
        #menu { display: none; }
        nav { position: fixed; top: var(--head); bottom: 0; left: 0; width: 17rem; overflow-y: auto; padding: 1rem; border-right: 1px solid var(--line); font-size: .9rem; }
        nav h2 { font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; color: var(--faint); margin: 1.1rem 0 .3rem; }
        nav h2:first-child { margin-top: 0; }
        nav ul { list-style: none; margin: 0; padding: 0; }
        nav li a { display: block; padding: .18rem .4rem; border-radius: .3rem; color: var(--text); text-decoration: none; }
        nav li a:hover { background: var(--sunk); }
        main { margin-left: 17rem; padding: 1.25rem 1.5rem 6rem; max-width: 62rem; }
        main > section { margin-bottom: 2.5rem; }
        h1 { font-size: 1.6rem; line-height: 1.2; margin: .2rem 0 .6rem; }
        h2 { font-size: 1.25rem; margin: 0 0 .25rem; }
        h3 { font-size: .8rem; letter-spacing: .04em; text-transform: uppercase; color: var(--faint); margin: 1.2rem 0 .4rem; }
        .lead { color: var(--faint); margin: 0 0 .8rem; }
        details.op { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; }
        details.op > summary { display: grid; grid-template-columns: 4.2rem minmax(0, auto) minmax(0, 1fr); gap: .6rem; align-items: baseline; padding: .55rem .8rem; cursor: pointer; list-style: none; }
        details.op > summary::-webkit-details-marker { display: none; }
        details.op[open] > summary { border-bottom: 1px solid var(--line); }
        details.op .body { padding: .2rem .9rem 1rem; }
        .method { font: 650 .75rem ui-monospace, monospace; text-transform: uppercase; }
        .get { color: var(--get); } .post { color: var(--post); } .patch { color: var(--patch); } .put { color: var(--put); } .delete { color: var(--delete); }
        .path { overflow-wrap: anywhere; }
        .what { color: var(--faint); }
        .scope { display: inline-block; font-size: .8rem; border: 1px solid var(--line); border-radius: 1rem; padding: 0 .6rem; color: var(--faint); }
        pre { background: var(--sunk); border-radius: .4rem; padding: .7rem .8rem; margin: .4rem 0; overflow-x: auto; line-height: 1.45; }
        .try { position: relative; }
        .try pre { padding-right: 4.5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
        .try button { position: absolute; top: .4rem; right: .4rem; font-size: .8rem; padding: .15rem .55rem; }
        .row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
        dl.fields { margin: 0; }
        dl.fields > div { padding: .4rem 0; border-top: 1px solid var(--line); }
        dl.fields > div:first-child { border-top: 0; }
        dl.fields dt { display: inline; }
        dl.fields dd { margin: 0; color: var(--faint); }
        dl.fields dd p { margin: .2rem 0; }
        .name { font-weight: 600; overflow-wrap: anywhere; }
        .type { color: var(--faint); overflow-wrap: anywhere; }
        .bounds { color: var(--faint); font-size: .82rem; margin-left: .4rem; }
        .must { color: var(--delete); font-size: .78rem; }
        dl.fields dl.fields { margin: .35rem 0 0 .3rem; padding-left: .9rem; border-left: 2px solid var(--line); }
        details.more > summary { cursor: pointer; color: var(--accent); font-size: .875rem; width: fit-content; }
        .answer { border-top: 1px solid var(--line); padding: .45rem 0; }
        .answer:first-of-type { border-top: 0; }
        .status { font-weight: 650; font-variant-numeric: tabular-nums; margin-right: .5rem; }
        .good { color: var(--get); } .bad { color: var(--delete); }
        .answer p { display: inline; margin: 0; }
        [hidden] { display: none !important; }
        @media (max-width: 56rem) {
          #menu { display: block; }
          #search { width: auto; flex: 1 1 6rem; }
          nav { display: none; width: auto; right: 0; background: var(--ground); z-index: 2; }
          nav.open { display: block; }
          main { margin-left: 0; padding: 1rem .8rem 5rem; }
          details.op > summary { grid-template-columns: 3.6rem minmax(0, 1fr); }
          .what { grid-column: 2; }
        }
        @media print { header, nav { display: none; } main { margin: 0; } }

        """#
}
