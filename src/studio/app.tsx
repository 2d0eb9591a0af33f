// The frame around every page, and which page belongs to which address.
import { Notice } from "./parts.tsx";
import { Link, usePath } from "./router.tsx";
import { RunPage } from "./run-page.tsx";
import { RunsPage } from "./runs-page.tsx";

/** The whole Studio. */
export function App() {
  const path = usePath();
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="top">
        <div className="top-inner">
          <Link href="/" className="brand">
            <img src="/mark.svg" alt="" width="26" height="26" />
            Deepdive
          </Link>
          <nav aria-label="Pages">
            <Link href="/" aria-current={path === "/" || path === "/runs" ? "page" : undefined}>
              Runs
            </Link>
          </nav>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <Page path={path} />
      </main>
    </>
  );
}

function Page({ path }: { path: string }) {
  if (path === "/" || path === "/runs") return <RunsPage />;
  const id = /^\/runs\/([^/]+)$/.exec(path)?.[1];
  if (id) return <RunPage key={id} id={id} />;
  return (
    <Notice title="There is no such page">
      Go back to the <Link href="/">list of runs</Link>.
    </Notice>
  );
}
