// Texts of scripts in the language of the page. They are written in English where they are used, and marked with
// gettext or ngettext. Pages in another language name the address of their texts (data-texts on <html>); modules that
// import this one begin when they are there. Without them, or without a page, texts are English.
const LIMIT = 4000; // milliseconds: English now is better than no script
const { lang = "en-GB", dataset = {} } = globalThis.document?.documentElement ?? {};
const texts = dataset.texts ? await fetchTexts(dataset.texts) : {};
const rules = new Intl.PluralRules(lang || "en-GB");
// As gettext counts plural forms: "one" before "other", with "few" and "many" between them where a language has those.
const FORMS = ["zero", "one", "two", "few", "many", "other"].filter((form) =>
  rules.resolvedOptions().pluralCategories.includes(form),
);

async function fetchTexts(url) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(LIMIT) });
    return answer.ok ? await answer.json() : {};
  } catch {
    return {};
  }
}

// %(name)s stands for a value by its name, and %% for a percent sign.
export function interpolate(text, values) {
  return text.replace(/%(?:%|\((\w+)\)s)/g, (whole, name) => (name ? String(values[name]) : "%"));
}

export function gettext(text, values = {}) {
  return interpolate(texts[text] || text, values);
}

// `count` chooses the form; it is shown where %(count)s stands.
export function ngettext(singular, plural, count, values = {}) {
  const english = count === 1 ? singular : plural;
  const text = texts[singular]?.[FORMS.indexOf(rules.select(count))] || english;
  return interpolate(text, { count, ...values });
}

// 1,234.5 or 1.234,5
export function formatNumber(number, { least = 0, most = 1, grouped = true } = {}) {
  const digits = { minimumFractionDigits: least, maximumFractionDigits: most };
  return number.toLocaleString(lang, { ...digits, useGrouping: grouped });
}

export const formatMoment = (moment, options) => moment.toLocaleString(lang, options);
