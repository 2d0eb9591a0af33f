// The Russian sentences of the plot and of the page that compares runs.
export const russianPlot: Readonly<Record<string, string>> = {
  "demo, run://…, a file": "demo, run://…, файл",
  "Load rows by URI": "Загрузить строки по URI",
  "Now click a second one.": "Теперь выберите вторую.",
  "Click two lines, or two rows of the table, to see what sets them apart.":
    "Нажмите на две линии или две строки таблицы, чтобы увидеть, чем они различаются.",
  "Each difference is judged by the 5 runs most like A, and most like B, on either side of it, among {n} others: how their {target} differs while the other settings are as alike as can be found. That describes these runs; it proves no cause.":
    "О каждом различии судят по 5 запускам, самым похожим на A и на B, с каждой его стороны, среди {n} других: насколько у них различается {target}, когда остальные настройки как можно ближе. Это описание этих запусков, а не доказательство причины.",
  "Click two lines or rows": "Щелчок по двум линиям или строкам",
  "shows what sets the two runs apart, and how sure that is":
    "показывает, чем различаются два запуска и насколько это надёжно",
  "marks at the feet of the axes how much each column matters":
    "отмечает под осями, насколько важен каждый столбец",
  "moves the lines from epoch to epoch; Space plays and pauses":
    "ведёт линии от эпохи к эпохе; пробел – пуск и пауза",
  "no value": "нет значения",
  better: "лучше",
  "Both come to the same.": "Результат одинаковый.",
  "{difference} apart": "разница {difference}",
  setting: "настройка",
  "worth of B's value": "вклад значения B",
  "runs like A's side": "похожие запуски со стороны A",
  "runs like B's side": "похожие запуски со стороны B",
  Differences: "Различия",
  "Judged by": "Судить по",
  "Which values are better": "Какие значения лучше",
  "lower is better": "меньше – лучше",
  "higher is better": "больше – лучше",
  Clear: "Сбросить",
  "no runs to tell by": "не по чему судить",
  none: "нет",
  "{mean} of {n} runs": "{mean} по запускам: {n}",
  "no other run has this value and one like it":
    "ни у одного другого запуска нет близкого значения",
  "others differ by {share} %": "остальное различается на {share} %",
  "not clear": "не ясно",
  "goes with the difference": "согласуется с разницей",
  "goes against it": "говорит против неё",
  "Only the lowest {share} %": "Только наименьшие {share} %",
  "Only the highest {share} %": "Только наибольшие {share} %",
  "Add an axis: its minimum over each run": "Добавить ось: минимум за запуск",
  "Add an axis: its maximum over each run": "Добавить ось: максимум за запуск",
  "How the selection differs from the rest": "Чем выбранное отличается от остального",
  "What matters for {name}": "Что важно для {name}",
  "{name}: selected and other rows differ by {figure} (0 alike, 1 nothing in common)":
    "{name}: выбранные и остальные строки различаются на {figure} (0 – одинаковы, 1 – ничего общего)",
  "greater values go with greater {target}": "большие значения идут с большими {target}",
  "greater values go with smaller {target}": "большие значения идут с меньшими {target}",
  "no single direction": "нет одного направления",
  "{name}: shuffled, it costs a forest {figure} of the variance of {target}; {way}":
    "{name}: если перемешать, лес теряет {figure} дисперсии {target}; {way}",
  "Show what matters for": "Показать, что важно для",
  "the selection": "выбранного",
  "Order axes by this": "Упорядочить оси",
  "Puts the columns that matter most leftmost": "Ставит самые важные столбцы слева",
  "What matters for": "Что важно для",
  "Brush an axis first.": "Сначала выделите часть оси.",
  "There are too few rows to tell.": "Строк слишком мало, чтобы судить.",
  "This browser gives no canvas to draw on.": "Браузер не даёт холста для рисования.",
  "This browser records no WebM video; a GIF works everywhere.":
    "Этот браузер не записывает видео WebM; GIF работает везде.",
  "The video could not be recorded.": "Видео не удалось записать.",
  "Replay: {name}": "Повтор: {name}",
  "Record as GIF": "Записать как GIF",
  Video: "Видео",
  "Record as WebM video": "Записать как видео WebM",
  "End replay": "Закончить повтор",
  "Replay the training": "Повторить обучение",
  "Lines move from epoch to epoch, as training went on":
    "Линии движутся от эпохи к эпохе, как шло обучение",
  Pause: "Пауза",
  Play: "Пуск",
  "Space plays and pauses, arrows step, Escape ends":
    "Пробел – пуск и пауза, стрелки – по шагам, Escape – закончить",
  "{n} of {all} runs, evenly chosen": "запусков: {n} из {all}, выбраны равномерно",
  "recording: {share} %": "запись: {share} %",
  "saved: {n} kB": "сохранено: {n} кБ",
  step: "шаг",
  "{valid} was best at {stepName} {step}: {value}.":
    "Лучшее значение {valid}: {stepName} {step}, {value}.",
  "It ended {share} worse, while {train} went on getting better.":
    "В конце на {share} хуже, а {train} продолжало улучшаться.",
  "{train} still gets better by {share} a step at the end: train longer.":
    "{train} в конце ещё улучшается на {share} за шаг: обучайте дольше.",
  "It ended {share} worse than the best run, and {train} is hardly better: the model is too small or learns too slowly.":
    "В конце на {share} хуже лучшего запуска, и {train} почти не лучше: модель слишком мала или учится слишком медленно.",
  "Click to sort, drag or Shift and arrows to move, right click or M for more":
    "Щелчок сортирует, перетаскивание или Shift со стрелками передвигает, правый щелчок или M открывает меню",
  "Click two rows, or two lines, to see what sets them apart":
    "Нажмите на две строки или две линии, чтобы увидеть, чем они различаются",
  ok: "в порядке",
  overfit: "переобучен",
  underfit: "недообучен",
  "Why is this run better?": "Почему этот запуск лучше?",
  log: "лог",
  "{axis} on a log scale": "{axis} в логарифмической шкале",
  "Smooth along each run": "Сгладить вдоль каждого запуска",
  smooth: "сгладить",
  best: "лучшие",
  "Mark the best epoch of each run": "Отметить лучшую эпоху каждого запуска",
};
