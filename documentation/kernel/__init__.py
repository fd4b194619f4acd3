"""The shared kernel: pure Python that both apps build on. It knows no Django and never reads the clock."""
