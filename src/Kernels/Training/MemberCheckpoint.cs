using System.Globalization;
using Orchestrator.Contracts;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Weights;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training;

/// <summary>
/// Everything that one member of a pack needs to go on as if nothing had happened: weights, both moments, step, and the
/// position of its data. Stored as a safetensors file.
/// </summary>
/// <param name="Step">Updates done.</param>
/// <param name="Weights">Weights [P], in the order of the layout.</param>
/// <param name="Moment1">Running mean of the gradient [P].</param>
/// <param name="Moment2">Running mean of the squared gradient [P].</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="DataState">State of the data stream's random numbers.</param>
/// <param name="Drawn">Sequences drawn so far.</param>
/// <param name="Loss">Training loss of the last step, nats.</param>
public sealed record MemberCheckpoint(int Step, float[] Weights, float[] Moment1, float[] Moment2, ulong Seed, string DataState, long Drawn, float Loss)
{
    private const string Format = "orchestrator-checkpoint-1";

    /// <summary>The file's content; the same state of the same run gives the same bytes.</summary>
    /// <param name="layout">How the weights lie.</param>
    /// <param name="run">Whose it is.</param>
    public byte[] ToBytes(ParameterLayout layout, string run)
    {
        ArgumentNullException.ThrowIfNull(layout);
        using var scope = NewDisposeScope();
        return SafetensorsWriter.Write(
            [("weights", tensor(Weights)), ("moment1", tensor(Moment1)), ("moment2", tensor(Moment2))],
            new Dictionary<string, string>
            {
                ["format"] = Format,
                ["run"] = run,
                ["trainer"] = Text(Versions.Trainer),
                ["layout"] = layout.Signature,
                ["seed"] = Text(Seed),
                ["step"] = Text(Step),
                ["data_state"] = DataState,
                ["data_drawn"] = Text(Drawn),
                ["loss"] = Loss.ToString("R", CultureInfo.InvariantCulture),
            });
    }

    /// <summary>Reads and checks a checkpoint.</summary>
    /// <param name="content">The file's content.</param>
    /// <param name="layout">The layout that it must have.</param>
    /// <param name="seed">The seed of the run that it must belong to.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <exception cref="ModelFileException">It is torn, of another model or seed or another trainer version.</exception>
    public static MemberCheckpoint FromBytes(byte[] content, ParameterLayout layout, ulong seed, string file)
    {
        ArgumentNullException.ThrowIfNull(layout);
        using var scope = NewDisposeScope();
        using var reader = new SafetensorsReader(new MemoryStream(content, writable: false), file);
        Expect("format", Format);
        Expect("trainer", Text(Versions.Trainer));
        Expect("layout", layout.Signature);
        Expect("seed", Text(seed));
        var checkpoint = new MemberCheckpoint(
            (int)Count("step", int.MaxValue), Values("weights"), Values("moment1"), Values("moment2"), seed, Item("data_state"), Count("data_drawn", long.MaxValue),
            float.TryParse(Item("loss"), CultureInfo.InvariantCulture, out var loss) ? loss : throw Broken("loss", "a number"));
        try
        {
            Randomness.RandomSource.FromState(checkpoint.DataState);
        }
        catch (FormatException)
        {
            throw Broken("data_state", "a random state");
        }
        return checkpoint;

        string Item(string key) => reader.Header.Metadata.TryGetValue(key, out var value) ? value : throw new ModelFileException(file, $"the checkpoint lacks its metadata '{key}'");
        ModelFileException Broken(string key, string wanted) => new(file, $"the checkpoint's metadata '{key}' must be {wanted}, found '{Item(key)}'");
        long Count(string key, long most) => long.TryParse(Item(key), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= most ? value : throw Broken(key, "a whole number");
        float[] Values(string name) => reader.Read(name, layout.Count).data<float>().ToArray();
        void Expect(string key, string wanted)
        {
            if (Item(key) != wanted)
            {
                throw Broken(key, $"'{wanted}' to fit this run");
            }
        }
    }

    private static string Text<T>(T number) where T : IFormattable => number.ToString(null, CultureInfo.InvariantCulture);
}
