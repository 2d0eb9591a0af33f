// The frame around every page, and which page belongs to which address.
import { type ComponentType, type LazyExoticComponent, lazy, Suspense, useEffect } from "react";
import { HomePage } from "./home-page.tsx";
import { languages, setLanguage, t } from "./i18n/translate.ts";
import { useLanguage } from "./i18n/use-language.ts";
import { followRuns } from "./live.ts";
import { Notice } from "./parts.tsx";
import { Link, usePath } from "./router.tsx";
import { chooseTheme, type Theme, useTheme } from "./theme.ts";

// Each page's code is fetched when it is first opened; the home page comes with the frame.
const RunsPage = lazy(async () => ({ default: (await import("./runs-page.tsx")).RunsPage }));
const RunPage = lazy(async () => ({ default: (await import("./run-page.tsx")).RunPage }));
const ProjectPage = lazy(async () => ({
  default: (await import("./project-page.tsx")).ProjectPage,
}));
const LabPage = lazy(async () => ({ default: (await import("./labs/lab-page.tsx")).LabPage }));
const ComparePage = lazy(async () => ({
  default: (await import("./compare/compare-page.tsx")).ComparePage,
}));
const ModelsPage = lazy(async () => ({
  default: (await import("./models/models-page.tsx")).ModelsPage,
}));
const DataPage = lazy(async () => ({ default: (await import("./data/data-page.tsx")).DataPage }));
const LabellingPage = lazy(async () => ({
  default: (await import("./labelling/labelling-page.tsx")).LabellingPage,
}));

const DemoPage = lazy(async () => ({
  default: (await import("./zero-shot/demo-page.tsx")).DemoPage,
}));

interface Route {
  readonly pattern: RegExp;
  readonly page: ComponentType<{ id: string }> | LazyExoticComponent<ComponentType<{ id: string }>>;
}

const routes: readonly Route[] = [
  { pattern: /^\/$/, page: HomePage },
  { pattern: /^\/runs$/, page: RunsPage },
  { pattern: /^\/runs\/([^/]+)$/, page: RunPage },
  { pattern: /^\/projects\/([^/]+)$/, page: ProjectPage },
  { pattern: /^\/compare$/, page: ComparePage },
  { pattern: /^\/models$/, page: ModelsPage },
  { pattern: /^\/data$/, page: DataPage },
  { pattern: /^\/labelling(?:\/([^/]+))?$/, page: LabellingPage },
  { pattern: /^\/labs\/zero-shot-classify$/, page: DemoPage },
  { pattern: /^\/labs\/([^/]+)$/, page: LabPage },
];

const navigation = [
  { href: "/", label: "Home" },
  { href: "/runs", label: "Runs" },
  { href: "/compare", label: "Compare" },
  { href: "/models", label: "Models" },
  { href: "/data", label: "Data" },
  { href: "/labelling", label: "Labelling" },
];

/** The whole Studio. */
export function App() {
  const path = usePath();
  const language = useLanguage();
  useEffect(followRuns, []);
  return (
    <>
      <a className="skip" href="#content">
        {t("Skip to content")}
      </a>
      <header className="top">
        <div className="top-inner">
          <Link href="/" className="brand">
            <img src="/mark.svg" alt="" width="26" height="26" />
            <span>Deepdive</span>
          </Link>
          <nav aria-label={t("Pages")}>
            {navigation.map(({ href, label }) => (
              <Link key={href} href={href} aria-current={isUnder(path, href) ? "page" : undefined}>
                {t(label)}
              </Link>
            ))}
          </nav>
          <div className="top-tools">
            <LanguageSwitch />
            <ThemeSwitch />
          </div>
        </div>
      </header>
      {/* A new language draws every page anew. */}
      <main id="content" tabIndex={-1} key={language}>
        <Suspense fallback={null}>
          <Page path={path} />
        </Suspense>
      </main>
    </>
  );
}

/** Whether `path` is the page `href` or one below it. */
function isUnder(path: string, href: string): boolean {
  return href === "/" ? path === "/" || path.startsWith("/labs/") : path.startsWith(href);
}

function Page({ path }: { path: string }) {
  for (const { pattern, page: PageOfRoute } of routes) {
    const match = pattern.exec(path);
    if (!match) continue;
    const id = decodeURIComponent(match[1] ?? "");
    return <PageOfRoute key={path} id={id} />;
  }
  return (
    <div className="page">
      <Notice title={t("There is no such page")}>
        <Link href="/">{t("Home")}</Link>
      </Notice>
    </div>
  );
}

function LanguageSwitch() {
  const other = useLanguage() === "en" ? "ru" : "en";
  return (
    <button type="button" className="tool" lang={other} onClick={() => setLanguage(other)}>
      {languages[other]}
    </button>
  );
}

const themes: readonly { theme: Theme; label: string; sign: string }[] = [
  { theme: "system", label: "Colours as the system has them", sign: "◐" },
  { theme: "light", label: "Light colours", sign: "☀" },
  { theme: "dark", label: "Dark colours", sign: "☾" },
];

function ThemeSwitch() {
  const chosen = useTheme();
  const place = themes.findIndex(({ theme }) => theme === chosen);
  const next = themes[(place + 1) % themes.length];
  const label = `${t(themes[place].label)}. ${t("Next")}: ${t(next.label)}`;
  return (
    <button
      type="button"
      className="tool"
      title={label}
      aria-label={label}
      onClick={() => chooseTheme(next.theme)}
    >
      <span aria-hidden="true">{themes[place].sign}</span>
    </button>
  );
}
