// The Russian sentences of the pages of labelling by their English ones.
export const russianLabelling: Readonly<Record<string, string>> = {
  "Label a file of texts: a map, a review desk, a classifier":
    "Разметить файл текстов: карта, стол проверки, классификатор",
  "learnt from": "обучен на",
  "{n} texts": "текстов: {n}",
  "agrees with its labels": "согласен со своими метками",
  "on texts left out": "на отложенных текстах",
  "words and pairs known": "знает слов и пар",
  "Your classifier": "Ваш классификатор",
  "Runs in any ONNX Runtime: Node, browser, Python, C++. The card says how.":
    "Работает в любом ONNX Runtime: Node, браузер, Python, C++. Как – сказано в карточке.",
  "Save the classifier": "Сохранить классификатор",
  "Map of the texts": "Карта текстов",
  "one by one": "по одному",
  "The map is being drawn…": "Карта рисуется…",
  "How much to label": "Сколько размечать",
  "{shown} of {all} texts by t-SNE of their sentence vectors; a flag stands amid the ten texts nearest to its label":
    "{shown} из {all} текстов: t-SNE векторов предложений; флажок стоит среди десяти текстов, ближайших к метке",
  "still moving: {share}": "ещё движется: {share}",
  "Judged on {n} texts whose true label is known; it has taught nothing.":
    "Оценено на текстах с известной меткой ({n}); она ничему не учила.",
  "Judged on the {n} texts that you checked, mostly doubtful ones: all others do better.":
    "Оценено на проверенных вами текстах ({n}), в основном сомнительных: с остальными лучше.",
  "No true labels are known: the curve shows confidences, not accuracy.":
    "Верные метки неизвестны: кривая показывает уверенность, а не точность.",
  "Agreement with clusters of the texts: {plain} before, {projected} after":
    "Согласие с кластерами текстов: {plain} до, {projected} после",
  "Z needs word vectors: deepdive data pull word-vectors":
    "Для Z нужны векторы слов: deepdive data pull word-vectors",
  Space: "Пространство",
  "before Z": "до Z",
  "after Z": "после Z",
  "one by one, after Z": "по одному, после Z",
  "all together": "все вместе",
  "as the run labelled": "как в запуске",
  "Accuracy against the share of texts that keep their label":
    "Точность в зависимости от доли текстов, сохраняющих метку",
  "Confidence against the share of texts that keep their label":
    "Уверенность в зависимости от доли текстов, сохраняющих метку",
  "Label the surest": "Размечать самые надёжные",
  "{n}% of the texts": "{n}% текстов",
  "keep their label": "сохраняют метку",
  "without a label": "без метки",
  "confidence from": "уверенность от",
  "of these right": "из них верно",
  "Label doctor": "Доктор меток",
  "Nothing to complain of: the labels are told apart, and every text has one that fits.":
    "Жаловаться не на что: метки различимы, и каждому тексту какая-то подходит.",
  "Advice from names and texts alone: a reason to look, not a verdict.":
    "Советы только по названиям и текстам: повод взглянуть, а не приговор.",
  Vague: "Расплывчато",
  Overlap: "Пересечение",
  Missing: "Не хватает",
  Wording: "Формулировка",
  "Name of the new label": "Название новой метки",
  "Name of both together": "Название обеих вместе",
  "New wording of “{label}”": "Новая формулировка метки «{label}»",
  "Add it and label again": "Добавить и разметить заново",
  "Merge them and label again": "Объединить и разметить заново",
  "Use this wording and label again": "Взять эту формулировку и разметить заново",
  "“{label}” says too little about these texts": "«{label}» мало говорит об этих текстах",
  "“{a}” and “{b}” are hard to tell apart here": "«{a}» и «{b}» здесь трудно различить",
  "Some texts are alike and fit no label: {words}":
    "Есть похожие тексты, которым не подходит ни одна метка: {words}",
  "“{words}” is nearer to the surest texts of “{label}”":
    "«{words}» ближе к самым надёжным текстам метки «{label}»",
  "From labels to a classifier": "От меток к классификатору",
  "Look at what is doubtful": "Проверьте сомнительное",
  "{n} answered, {share} of them agree with the guess":
    "Отвечено: {n}, из них {share} согласны с догадкой",
  "The texts a model doubts most come first: a number key each.":
    "Сначала тексты, в которых модель сомневается больше всего: по одной цифровой клавише на каждый.",
  "Open the review desk": "Открыть стол проверки",
  "Label again": "Разметьте заново",
  "What you checked keeps its label and teaches the rest. From 30 on it calibrates the confidences.":
    "Проверенное сохранит метку и научит остальное. От 30 проверенных калибруется уверенность.",
  "Label again with {n} checked": "Разметить заново, проверено: {n}",
  "Take it with you": "Заберите с собой",
  "A small ONNX file that needs no Deepdive, learnt from the {n} labels that the slider keeps and from what you checked.":
    "Небольшой файл ONNX, которому не нужен Deepdive. Учится на метках, оставленных ползунком ({n}), и на том, что вы проверили.",
  "Make my classifier": "Сделать мой классификатор",
  "Save the table": "Сохранить таблицу",
  "Sources of votes": "Источники голосов",
  "Joined by Dawid and Skene’s model, which estimates how often each is right without true labels":
    "Объединены моделью Дэвида и Скина: она без верных меток оценивает, как часто прав каждый",
  Source: "Источник",
  covers: "охват",
  overlaps: "перекрытие",
  contradicts: "противоречия",
  "right (estimate)": "верно (оценка)",
  "right (true)": "верно (на деле)",
  "How often two agree where both vote": "Как часто двое согласны там, где голосуют оба",
  "Map of {n} texts in {labels} labels. Arrow keys go from text to text; the table below has the same texts.":
    "Карта текстов ({n}), меток: {labels}. Стрелки ведут от текста к тексту; в таблице ниже те же тексты.",
  Larger: "Крупнее",
  Smaller: "Мельче",
  "The whole map": "Вся карта",
  "no label": "без метки",
  "Texts on the map": "Тексты на карте",
  "Texts labelled “{label}”": "Тексты с меткой «{label}»",
  "{n} texts, the most doubtful first": "Текстов: {n}, сначала самые сомнительные",
  Search: "Поиск",
  "Search the texts": "Поиск по текстам",
  Label: "Метка",
  Confidence: "Уверенность",
  "True label": "Верная метка",
  "(empty)": "(пусто)",
  "Point at a text to read it; click to open it; press a label to see it alone.":
    "Наведите на текст, чтобы прочесть; щёлкните, чтобы открыть; нажмите метку, чтобы видеть только её.",
  "next: {label}": "следующая: {label}",
  "true: {label}": "верно: {label}",
  "The run and its map": "Запуск и его карта",
  "{share} agree with the guess": "{share} согласны с догадкой",
  "Another label": "Другая метка",
  "{n} text is like it and open": "{n} похожий текст ещё открыт",
  "{n} texts are like it and open": "{n} похожих текстов ещё открыты",
  "{n} texts are like it and open (few)": "{n} похожих текста ещё открыты",
  "They take the decision along": "Решить за них так же",
};
