using System.Globalization;
using System.Text;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;

namespace Orchestrator.Kernels.Training.Fused;

/// <summary>What the fused step must know of attention-only transformers of one shape: its sizes, and the program of them (step.cu).</summary>
internal sealed record FusedShape
{
    private const int Lanes = 4;                // threads that share a row of scores or logits
    private const int Tile = 4;                 // rows and columns of a product that one thread computes
    private readonly ModelConfiguration _model;

    private FusedShape(ModelConfiguration model, int vocab, int batch)
    {
        (_model, Vocab, Batch) = (model, vocab, batch);
        var (d, wide, rows, padded) = (model.DModel, model.Heads * model.DHead, Up(model.NCtx - 1), Up(vocab));
        var learned = model.Positions == PositionKind.Learned ? model.NCtx * d : 0;
        Weights = vocab * d + model.Layers * 8 * d * wide + 2 * d * padded + learned;
        Gradients = vocab * d + model.Layers * 4 * d * wide + d * padded + learned;
        SavedPerLayer = rows * (d + wide + Math.Max(wide + 4, d) + wide + 4 + model.Heads * (rows + 4) + wide);
        SharedFloats = SavedPerLayer + rows * d + Math.Max(rows * (Math.Max(wide, d) + model.Heads * rows), rows * (padded + 4)) + 2 * rows + 4;
        Threads = Math.Clamp(rows / Tile * (Math.Max(wide, d) / Tile) / 32 * 32, 32, 256);
    }

    /// <summary>Sequences of each model in a step.</summary>
    public int Batch { get; }
    /// <summary>Tokens of a sequence.</summary>
    public int Tokens => _model.NCtx;
    /// <summary>Number of token ids.</summary>
    public int Vocab { get; }
    /// <summary>Floats of a model's working copy.</summary>
    public int Weights { get; }
    /// <summary>Floats of a block's gradients.</summary>
    public int Gradients { get; }
    /// <summary>Floats that a block keeps of each layer but the last.</summary>
    public int SavedPerLayer { get; }
    /// <summary>Layers but the last.</summary>
    public int SavedLayers => Math.Max(0, _model.Layers - 1);
    /// <summary>Floats of shared memory of a block.</summary>
    public int SharedFloats { get; }
    /// <summary>Threads of a block.</summary>
    public int Threads { get; }

    /// <summary>The shape, or null with the reason where the program does not know such models.</summary>
    public static FusedShape? Of(ModelConfiguration model, int vocab, int batch, out string? reason)
    {
        reason = model.LayerNorm ? "the kernels of its own know no layer norm"
            : model.SmearedKeys ? "the kernels of its own know no smeared keys"
            : model.DModel % Tile != 0 || model.DHead % Tile != 0 ? $"d_model {model.DModel} and d_head {model.DHead} are not both multiples of {Tile}"
            : model.NCtx < 2 ? "sequences of one token predict nothing"
            : null;
        return reason is null ? new FusedShape(model, vocab, batch) : null;
    }

    /// <summary>What the program adds by position: sinusoids [T, d], cosines and sines of rotary positions [2, T, e/2], or nothing.</summary>
    public float[] Positions() => _model.Positions switch
    {
        PositionKind.Shortformer => Sinusoids.Values(_model.NCtx, _model.DModel, _model.PositionScale),
        PositionKind.Rotary => RotaryTable.Values(_model.NCtx, RotaryTable.RotatedDimensions(_model.DHead)),
        _ => [0],
    };

    /// <summary>The program's text for this shape.</summary>
    /// <param name="layout">Where the parameters lie.</param>
    /// <param name="threads">Threads of a block; by default those for a GPU.</param>
    /// <param name="lanes">Threads that share a row.</param>
    public string Source(ParameterLayout layout, int? threads = null, int lanes = Lanes)
    {
        var (d, rows) = (_model.DModel, Up(_model.NCtx - 1));
        var text = new StringBuilder();
        foreach (var (name, value) in new (string, int)[]
        {
            ("BATCH", Batch), ("TOKENS", _model.NCtx), ("N", _model.NCtx - 1), ("ROWS", rows), ("D", d), ("HEADS", _model.Heads), ("HEAD", _model.DHead),
            ("WIDE", _model.Heads * _model.DHead), ("VOCAB", Vocab), ("VPAD", Up(Vocab)), ("LAYERS", _model.Layers), ("THREADS", threads ?? Threads), ("LANES", lanes),
            ("HEIGHT", Tile), ("SHORTFORMER", _model.Positions == PositionKind.Shortformer ? 1 : 0), ("LEARNED", _model.Positions == PositionKind.Learned ? 1 : 0),
            ("ROTARY", _model.Positions == PositionKind.Rotary ? 1 : 0), ("WEIGHTS", Weights), ("GRADIENTS", Gradients), ("SAVED_FLOATS", SavedPerLayer), ("SHARED_FLOATS", SharedFloats),
        })
        {
            text.Append(CultureInfo.InvariantCulture, $"#define {name} {value}\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"#define SCALE {1 / Math.Sqrt(_model.DHead):R}f\n");
        text.Append(CultureInfo.InvariantCulture, $"#define PLACES {string.Join(", ", layout.Parameters.Select(Place))}\n");
        using var program = typeof(FusedShape).Assembly.GetManifestResourceStream("step.cu") ?? throw new InvalidOperationException("step.cu is not in the assembly");
        return text + new StreamReader(program).ReadToEnd();
    }

    /// <summary>One initializer of the program's table of places.</summary>
    private string Place(Parameter parameter)
    {
        var columns = parameter.Shape[^1];
        var (to, across, transposed, down, gradient) = parameter.Name switch
        {
            "embed.W_E" => ("0", "D", "-1", "0", "0"),
            "pos_embed.W_pos" => ("w_positions", "D", "-1", "0", "g_positions"),
            "unembed.W_U" => ("w_U", "VPAD", "w_UT", "D", "g_U"),
            _ => Attention(parameter.Name),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{{{parameter.Offset}, {parameter.Length}, {columns}, {to}, {across}, {transposed}, {down}, {gradient}, {across}, {(parameter.Decays ? 1 : 0)}}}");
    }

    private static (string, string, string, string, string) Attention(string name)
    {
        var parts = name.Split('.'); // blocks, layer, attn, W_Q
        var which = Array.IndexOf(["W_Q", "W_K", "W_V", "W_O"], parts[^1]);
        var (across, down) = which == 3 ? ("D", "WIDE") : ("WIDE", "D");
        return which >= 0
            ? ($"w_layer({parts[1]}) + {which} * square", across, $"w_layer({parts[1]}) + {which + 4} * square", down, $"g_layer({parts[1]}) + {which} * square")
            : throw new InvalidOperationException($"the fused step does not know the parameter {name}");
    }

    private static int Up(int count) => (count + Tile - 1) / Tile * Tile;
}
