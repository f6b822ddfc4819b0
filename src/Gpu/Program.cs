Console.Error.WriteLine("portraitgen-worker");
