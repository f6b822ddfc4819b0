Console.Error.WriteLine("portraitgen");
