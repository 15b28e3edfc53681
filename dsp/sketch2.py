import numpy as np, time, resource, ctypes
from numba import cfunc, types
from dsp.reverb import *
from dsp.processor import record_at, flush_denormals
from dsp.lanes import *
@cfunc(types.void(types.voidptr,types.CPointer(types.float32),types.int64),error_model='numpy',_nrt=False)
def render(user,out,quanta):
    s=record_at(user,REVERB)
    flush_denormals()
    for q in range(quanta):
        for i in range(0,64,8):
            store(s.left,i,splat(0.0)); store(s.right,i,splat(0.0))
        if q==0: s.left[0]=1.0
        render_reverb(s,3.0,3000.0,48000.0)
        for i in range(0,64,8):
            store(out,q*128+i,load(s.left,i)); store(out,q*128+64+i,load(s.right,i))
s=np.zeros(1,REVERB); prepare_reverb(s[0],48000)
quanta=int(60*750); out=np.zeros(quanta*128,np.float32)
for _ in range(3):
    t=resource.getrusage(resource.RUSAGE_SELF).ru_utime
    render.ctypes(s.ctypes.data, out.ctypes.data_as(ctypes.POINTER(ctypes.c_float)), quanta)
    print('user',resource.getrusage(resource.RUSAGE_SELF).ru_utime-t)
    if _==0:
        x=out.reshape(-1,2,64); L=x[:,0].reshape(-1); R=x[:,1].reshape(-1)
        E=np.cumsum(L[::-1]**2)[::-1]; d=10*np.log10(E/E[0]+1e-30)
        i5=np.argmax(d<-5); i35=np.argmax(d<-35); print('T60 broadband',(i35-i5)/48000*2, np.abs(L).max(), 'energy',E[0])
        from scipy.signal import butter,sosfilt
        for lo,hi in ((250,500),(500,1000),(2500,3500)):
            y=sosfilt(butter(4,[lo,hi],'band',fs=48000,output='sos'),L); E=np.cumsum(y[::-1]**2)[::-1]; d=10*np.log10(E/E[0]+1e-30)
            i5=np.argmax(d<-5); i35=np.argmax(d<-35); print(lo,hi,'T60',(i35-i5)/48000*2)
