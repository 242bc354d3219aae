using System.Diagnostics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Kinds;

namespace Orchestrator.Training.Bench;

/// <summary>Trains a small model on the bytes of a file for a while and prints its loss: does real text go through, and how fast?</summary>
internal static class TextRun
{
    public static void Run(string path, TimeSpan budget)
    {
        var file = new TextFile(Path.GetFileName(path), "", new FileInfo(path).Length);
        var run = new RunConfiguration
        {
            Model = new ModelConfiguration { Layers = 2, Heads = 4, DModel = 128, DHead = 32, NCtx = 128 },
            Data = new DataConfiguration { Vocab = 257, Parts = [new Text { Files = [file], Tokenizer = new Tokenizer { Kind = TokenizerKind.Bytes } }] },
            Train = new TrainConfiguration { Steps = 100_000, Batch = 8, Lr = 2e-3, Warmup = 50, Init = new Initialization { Embed = 0.1 } },
            Seed = 0,
        };
        using var trainer = ModelKind.Trainer([run], new OneFile(path));
        var clock = Stopwatch.StartNew();
        var (window, printed) = (new Queue<float>(), 0);
        while (clock.Elapsed < budget)
        {
            trainer.Step();
            window.Enqueue(trainer.Losses[0]);
            if (window.Count > 50)
            {
                window.Dequeue();
            }
            if (trainer.Steps[0] == 1 || clock.Elapsed.TotalSeconds > printed + 5)
            {
                printed = (int)clock.Elapsed.TotalSeconds;
                Console.WriteLine($"{clock.Elapsed.TotalSeconds,5:f0} s  step {trainer.Steps[0],6}  loss {window.Average():f3} nats/byte  {trainer.Steps[0] * 1024 / clock.Elapsed.TotalSeconds:f0} tok/s");
            }
        }
    }

    private sealed class OneFile(string path) : ITextContents
    {
        public ReadOnlyMemory<byte> Read(TextFile file) => File.ReadAllBytes(path);
    }
}
