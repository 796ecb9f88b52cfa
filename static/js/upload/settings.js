// Where uploads go and what hashes them: <meta name="upload-settings" data-start data-worker data-library …>.
export const uploadSettings = () => document.querySelector('meta[name="upload-settings"]').dataset;
