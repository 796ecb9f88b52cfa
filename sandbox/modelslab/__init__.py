"""A stand-in for ModelsLab's voice API: create_dubbing, fetch, voice_list, assets_generated."""
