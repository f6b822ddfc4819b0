using System.CommandLine;
using PortraitGen.Benchmarks.Demo;
using PortraitGen.Benchmarks.Memory;
using PortraitGen.Benchmarks.Orchestration;
using PortraitGen.Benchmarks.Rows;
using PortraitGen.Benchmarks.Scaling;
using PortraitGen.Benchmarks.Scheduling;
using PortraitGen.Benchmarks.Steps;
using PortraitGen.Benchmarks.Throughput;

var output = new Option<string>("--out") { Description = "Where the JSON goes.", HelpName = "DIR", DefaultValueFactory = _ => "out/bench" };
var model = new Option<string>("--model") { Description = "The base model's folder.", HelpName = "DIR", DefaultValueFactory = _ => "models/portrait-tiny" };
var threads = new Option<int>("--threads") { Description = "Threads of torch, and of the peers' torch and BLAS.", DefaultValueFactory = _ => 1 };
Option<int> Number(string name, string text, int standard) => new(name) { Description = text, DefaultValueFactory = _ => standard };
Option<int> Rounds(int standard) => Number("--rounds", "Repetitions that count; medians are taken over them.", standard);

var program = new Option<string>("--program") { Description = "The built program.", HelpName = "FILE", DefaultValueFactory = _ => "artifacts/bin/Api/release/portraitgen.dll" };
var demoEpochs = new Option<int?>("--epochs") { Description = "Epochs of the demo. Default: the demo's own." };
var demoRounds = Rounds(1);
var demo = new Command("demo", "Wall time, CPU time and peak memory of the demo.") { output, program, demoEpochs, demoRounds };
demo.SetAction((parsed, cancel) => DemoBenchmark.RunAsync(parsed.GetValue(program)!, parsed.GetValue(output)!, parsed.GetValue(demoEpochs), parsed.GetValue(demoRounds), cancel));

var (epochs, taxRounds) = (Number("--epochs", "Epochs of each campaign, at least 2; the first is not measured.", 4), Rounds(5));
var tax = new Command("orchestration-tax", "CPU seconds of steady epochs: embedded campaign / bare engine loop with the same artifacts (bar 1.05).") { output, model, epochs, taxRounds };
tax.SetAction((parsed, cancel) => TaxBenchmark.RunAsync(parsed.GetValue(model)!, parsed.GetValue(output)!, parsed.GetValue(epochs), parsed.GetValue(taxRounds), cancel));

var kinds = new Option<StepKind[]>("--only") { Description = "Some of the steps.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => Enum.GetValues<StepKind>() };
var coreType = new Option<string?>("--openblas-coretype") { Description = "OPENBLAS_CORETYPE of the Python peer. Default: unset, OpenBLAS chooses." };
var stepRounds = Rounds(11);
var step = new Command("step", "Forward, training step, sampling, GRPO optimiser step, full GRPO step: C# / TorchScript in our libtorch (bar 1.05), C# / Debian's PyTorch 1.13 (bar 0.6).")
    { output, model, threads, stepRounds, kinds, coreType };
step.SetAction(parsed => StepBenchmark.Run(
    parsed.GetValue(model)!, parsed.GetValue(output)!, parsed.GetValue(threads), parsed.GetValue(stepRounds), parsed.GetValue(kinds)!, parsed.GetValue(coreType), CancellationToken.None));

var (scalingRounds, most) = (Rounds(5), Number("--most-tokens", "Cells with more image tokens in all (tokens x batch) are left out.", 8192));
var scaling = new Command("scaling", "Forward and backward against image tokens and batch, with a log-log plot.") { output, threads, scalingRounds, most };
scaling.SetAction(parsed => ScalingBenchmark.Run(parsed.GetValue(output)!, parsed.GetValue(threads), parsed.GetValue(scalingRounds), parsed.GetValue(most), CancellationToken.None));

var steps = Number("--steps", "Steps of training, at least 10.", 1000);
var memory = new Command("memory", "Live tensors and resident memory over many steps of training.") { output, steps };
memory.SetAction(parsed => MemoryBenchmark.Run(parsed.GetValue(output)!, parsed.GetValue(steps), CancellationToken.None));

var (schedulerRounds, workers, shards) = (Rounds(11), Number("--workers", "Workers of the simulation.", 10_000), Number("--shards", "Shards of the simulation.", 1_000_000));
var scheduler = new Command("scheduler", "One decision with 1,000,000 waiting shards / with 1,000 (bar 2), and a simulated fleet under the real scheduler.") { output, workers, shards, schedulerRounds };
scheduler.SetAction(parsed => SchedulerBenchmark.Run(parsed.GetValue(output)!, parsed.GetValue(workers), parsed.GetValue(shards), 1, parsed.GetValue(schedulerRounds), CancellationToken.None));

var (throughputRounds, pieces, slots) = (Rounds(5), Number("--shards", "Shards, exchanges, jobs of one turn.", 2000), Number("--slots", "Shards that the worker does at once.", 64));
var throughput = new Command("throughput", "Shards a second through PostgreSQL and RabbitMQ / bare MassTransit on the same messages (bar 0.5), / Hangfire.PostgreSql (bar 3). Needs the tests' servers.")
    { output, pieces, slots, throughputRounds };
throughput.SetAction((parsed, cancel) => ThroughputBenchmark.RunAsync(parsed.GetValue(output)!, parsed.GetValue(pieces), parsed.GetValue(slots), parsed.GetValue(throughputRounds), cancel));

var (rowRounds, mostRows) = (Rounds(11), Number("--most", "Jobs, and waiting shards, of the larger database.", 1_000_000));
var rows = new Command("rows", "The dispatcher's statements and a page of jobs in PostgreSQL with 1,000,000 rows / with 10,000 (bar 1.5 for pages), and how it plans them. Needs the tests' servers.")
    { output, mostRows, rowRounds };
rows.SetAction((parsed, cancel) => RowsBenchmark.RunAsync(parsed.GetValue(output)!, parsed.GetValue(mostRows), parsed.GetValue(rowRounds), cancel));

return await new RootCommand("Benchmarks of PortraitGen.Jobs. Each prints medians, extremes and the ratio to a peer measured in turn with it, and never fails for being slow: docs/benchmarks.md.")
    { demo, tax, step, scaling, memory, scheduler, throughput, rows }.Parse(args).InvokeAsync();
