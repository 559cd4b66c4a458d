"""What came in: parse, thread, strip quoted history, detect opt-outs; never an instruction."""
