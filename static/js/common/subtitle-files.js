// Whether a file is one of subtitles, told by its name as the server does.
export const isSubtitleFile = (file) => /\.(srt|vtt)$/i.test(file.name);
