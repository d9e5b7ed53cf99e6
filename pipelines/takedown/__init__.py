"""Records that an order or a law takes out of public: erased everywhere, and kept out."""
