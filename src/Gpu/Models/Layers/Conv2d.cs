using PortraitGen.Gpu.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Layers;

/// <summary>Convolution over [B, C, H, W] with a bias.</summary>
/// <remarks>
/// oneDNN 3.7.1, which libtorch 2.10 calls on a CPU, gives wrong numbers, NaN at times, on processors of AMD's family 26 when it
/// has to round the summed channels up to its vector width: the outputs for more than one vector of input channels, and the
/// gradient towards the input for output channels. With a stride, the input gradient is also wrong for an odd number of vectors above one. Zero
/// channels that make the count even cost little and add nothing to any sum. ConvolutionTests holds every shape against float64.
/// </remarks>
internal sealed class Conv2d(Weights weights, string path, long inputs, long outputs, long kernel, long stride = 1, long padding = 0)
{
    private const long Vector = 16, Narrow = 8;

    static Conv2d() => _ = Nnpack.Off;

    private readonly Parameter _weight = weights.Claim(path + ".weight", outputs, inputs, kernel, kernel), _bias = weights.Claim(path + ".bias", outputs);
    private readonly long[] _stride = [stride, stride], _padding = [padding, padding];

    public Tensor Forward(Tensor x)
    {
        bool learns = is_grad_enabled() && (x.requires_grad || _weight.requires_grad);
        long moreInputs = MissingInputs(learns), moreOutputs = learns ? Missing(outputs, Vector) : 0;
        if (kernel == 1 || x.device_type != DeviceType.CPU || moreInputs + moreOutputs == 0)
            return nn.functional.conv2d(x, _weight, _bias, _stride, _padding);

        using var scope = NewDisposeScope();
        var wide = nn.functional.pad(x, [0, 0, 0, 0, 0, moreInputs]);                             // [B,C+,H,W]
        var weight = nn.functional.pad(_weight, [0, 0, 0, 0, 0, moreInputs, 0, moreOutputs]);     // [C'+,C+,k,k]
        var bias = nn.functional.pad(_bias, [0, moreOutputs]);                                    // [C'+]
        return nn.functional.conv2d(wide, weight, bias, _stride, _padding)
            .narrow(1, 0, outputs).MoveToOuterDisposeScope();                                     // [B,C',H',W']
    }

    private long MissingInputs(bool learns) => inputs <= Narrow ? 0 : Missing(inputs, learns && stride > 1 && inputs > Vector ? 2 * Vector : Vector);

    private static long Missing(long channels, long unit) => (unit - channels % unit) % unit;
}
